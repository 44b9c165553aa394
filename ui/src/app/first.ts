/** What must be true before anything else runs. */
import { z } from 'zod';

// zod would try `new Function` to compile its parsers: our content security policy forbids it, and the browser would report that.
z.config({ jitless: true });

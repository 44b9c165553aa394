/** Copies text to the clipboard; by selection where the page is no secure context (a runner over plain HTTP), because the clipboard API needs one. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else works outside a secure context
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}

/** Headers by which the gateways of several runners know one another. */

/** On every answer under `/v1`, and on `/health` of the gateway's own listener: whoever answers is a gateway with several models. */
export const GATEWAY_HEADER = 'x-llm-gateway';
export const GATEWAY_NAME = 'llm-server-manager';
/** On requests from one gateway to another, and to nobody else: ids of the gateways that it has passed, comma-separated. */
export const HOPS_HEADER = 'x-llm-gateway-hops';

/** On every answer of a gateway: which one it is, as it stands in the list of gateways that a request has passed. */
export const GATEWAY_ID_HEADER = 'x-llm-gateway-id';

// The keys under which Nest's decorators leave their metadata. Nest exports them from no package root, so they are named
// here; a test compares each with what the decorators write.

export const GATEWAY_METADATA = 'websockets:is_gateway';
export const GATEWAY_OPTIONS_METADATA = 'websockets:gateway_options';
export const PORT_METADATA = 'port';
export const MESSAGE_MAPPING_METADATA = 'websockets:message_mapping';
/** The pattern of a message handler. */
export const MESSAGE_METADATA = 'message';

export const GUARDS_METADATA = '__guards__';
export const INTERCEPTORS_METADATA = '__interceptors__';
export const PIPES_METADATA = '__pipes__';
export const EXCEPTION_FILTERS_METADATA = '__exceptionFilters__';
/** Of an exception filter: the types of exception that it catches. */
export const CATCH_METADATA = '__filterCatchExceptions__';
export const SCOPE_METADATA = 'scope:options';

/** What the parameters of a method are, under keys of a type and an index: `3:0`. */
export const PARAMETERS_METADATA = '__routeArguments__';
export const CONNECTED_SOCKET = '0';
export const MESSAGE_BODY = '3';
/** Of a prototype and the name of a method, written by the compiler. */
export const PARAMETER_TYPES_METADATA = 'design:paramtypes';

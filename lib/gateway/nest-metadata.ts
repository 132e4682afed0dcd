// The keys under which Nest's decorators leave their metadata. Nest exports them from no package root, so they are named
// here; a test compares each with what the decorators write.

export const GATEWAY_METADATA = 'websockets:is_gateway';
export const GATEWAY_OPTIONS_METADATA = 'websockets:gateway_options';
export const PORT_METADATA = 'port';
export const GUARDS_METADATA = '__guards__';
export const EXCEPTION_FILTERS_METADATA = '__exceptionFilters__';
/** Of an exception filter: the types of exception that it catches. */
export const CATCH_METADATA = '__filterCatchExceptions__';
export const SCOPE_METADATA = 'scope:options';
/** Of a class and the name of a method: what stands at its parameters. */
export const PARAMETERS_METADATA = '__routeArguments__';
/** Of a prototype and the name of a method, written by the compiler. */
export const PARAMETER_TYPES_METADATA = 'design:paramtypes';

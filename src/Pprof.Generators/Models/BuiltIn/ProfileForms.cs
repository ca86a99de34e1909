namespace Pprof.Generators.Models.BuiltIn;

/// <summary>The forms in which a profile can be asked for. A test holds them against the runtime's.</summary>
[Flags]
internal enum ProfileForms
{
    /// <summary><c>seconds=</c> says how long it is collected.</summary>
    Timed = 1 << 0,

    /// <summary><c>seconds=</c> asks for what changes in that time.</summary>
    Delta = 1 << 1,

    /// <summary><c>seconds=</c> says how long it is sent, while it is collected.</summary>
    Stream = 1 << 2,

    /// <summary><c>gc=1</c> asks for a garbage collection before it, and with <c>seconds=</c> before both of its ends.</summary>
    Collected = 1 << 3,

    /// <summary>
    /// <c>native=raw</c> leaves frames of native libraries that have no name here to whoever has the library's symbols.
    /// </summary>
    Native = 1 << 4,

    /// <summary>
    /// <c>delta_heap</c> asks for what has come since it was last asked for, as of Go programs that have the library godeltaprof.
    /// </summary>
    Increment = 1 << 5,
}

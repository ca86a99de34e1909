namespace Pprof.Sources.EventPipe.Events;

/// <summary>What a root of the heap is: GCRootKindMap of ClrEtwAll.man.</summary>
internal enum BulkRootKind : byte
{
    /// <summary>The stack or the registers of a thread.</summary>
    Stack,

    /// <summary>The queue of the finalizer.</summary>
    Finalizer,

    /// <summary>A handle.</summary>
    Handle,

    /// <summary>Anything else.</summary>
    Other,
}

namespace Pprof.Sources.Allocations.Callback;

/// <summary>Gets the records of a <see cref="CallbackMemory"/>.</summary>
internal unsafe interface IRecordReader
{
    /// <summary>Takes a record, and the handle that it holds. The record is valid during the call.</summary>
    void Read(AllocationRecord* record);
}

namespace Pprof.Sources.Allocations;

/// <summary>Gets the records of an <see cref="AllocationRing"/>.</summary>
internal unsafe interface IRecordReader
{
    /// <summary>Takes a record, and the handle that it holds. The record is valid during the call.</summary>
    void Read(AllocationRecord* record);
}

namespace Pprof.Sources.CpuTime.Events;

/// <summary>What is known of whether a thread used a processor when it was sampled.</summary>
internal enum SampledActivity
{
    /// <summary>It was in managed code: it ran, or was ready to.</summary>
    Managed,

    /// <summary>It was in native code, which may compute or wait.</summary>
    Native,

    /// <summary>It was where the class library waits.</summary>
    Waiting,
}

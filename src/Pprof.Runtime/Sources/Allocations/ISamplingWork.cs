namespace Pprof.Sources.Allocations;

/// <summary>What a <see cref="SamplingThread"/> has to do. Its thread alone calls what is not said to be called by others.</summary>
internal interface ISamplingWork
{
    /// <summary>Whether a thread is worth being started, by who asks for a pass.</summary>
    bool NeedsThread { get; }

    /// <summary>Whether there will be something to do when nobody asks any more.</summary>
    bool HasMore { get; }

    /// <summary>Does everything that there is to do now.</summary>
    /// <param name="isAsked">Whether somebody waits for it.</param>
    void Do(bool isAsked);

    /// <summary>Whether what was done stands for all until <paramref name="asked"/>, a timestamp of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    bool HasAllUntil(long asked);

    /// <summary>Waits for more to do, unless <paramref name="isAsked"/> says that somebody asks by now.</summary>
    void Wait(Func<bool> isAsked);

    /// <summary>Ends a wait. Called by others.</summary>
    void Wake();

    /// <summary>The process can have no more threads. Called by who asks for a pass.</summary>
    void Refuse();

    /// <summary>It failed: for want of memory, and begins anew later, or in a way that nobody knows, and is done no more.</summary>
    /// <returns>Whether it begins anew.</returns>
    bool GoesOnAfter(Exception e);
}

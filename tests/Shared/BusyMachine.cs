using Xunit.Sdk;

namespace Pprof.Testing;

/// <summary>What is measured while others use the machine. It may be off then, and what is wrong is off each time.</summary>
internal static class BusyMachine
{
    private const int MaxAttempts = 4;

    /// <summary>Does <paramref name="measure"/>, which asserts, until nothing is off, or it has been too often.</summary>
    public static async Task AssertAsync(Func<Task> measure)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await measure();
                return;
            }
            catch (XunitException) when (attempt < MaxAttempts)
            {
                // Once more.
            }
        }
    }
}

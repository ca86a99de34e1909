namespace Pprof.Collectors;

/// <summary>
/// The profile cannot be collected, as it turned out when it was tried. The message is what the client is told: why, and
/// what would help.
/// </summary>
internal sealed class ProfileUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

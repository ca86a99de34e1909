namespace Pprof.Collectors;

/// <summary>Too many collections of one kind are under way. The message is what the client is told.</summary>
internal sealed class ProfilerBusyException(string message) : Exception(message);

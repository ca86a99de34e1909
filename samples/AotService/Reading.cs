namespace AotService;

internal sealed record Reading(string Station, DateTimeOffset Time, double Celsius);

using System.Text.Json.Serialization;

namespace AotService;

[JsonSerializable(typeof(Reading[]))]
[JsonSerializable(typeof(Forecast))]
internal sealed partial class WeatherJson : JsonSerializerContext;

using System.Text.Json;
using PyTake.Json;

namespace PyTake.Realtime;

/// <summary>Reads the arguments clients pass to hub methods; any field may be missing or of the wrong type.</summary>
internal static class Arguments
{
    /// <summary>A field that must be a UUID.</summary>
    public static Guid Id(this JsonElement payload, string name)
        => Guid.TryParseExact(Text(payload, name, "a UUID"), "D", out var id) ? id : throw HubErrors.Invalid($"{name} must be a UUID");

    /// <summary>A field that must be a whole number.</summary>
    public static long Number(this JsonElement payload, string name) => payload.OptionalNumber(name) ?? throw HubErrors.Invalid($"{name} is required");

    /// <summary>A field that may be missing or null, and must be a whole number otherwise.</summary>
    public static long? OptionalNumber(this JsonElement payload, string name) => Field(payload, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) && number >= 0 => number,
        _ => throw HubErrors.Invalid($"{name} must be a whole number, 0 or more"),
    };

    /// <summary>A field that must be text.</summary>
    public static string Text(this JsonElement payload, string name) => Text(payload, name, "text");

    private static string Text(JsonElement payload, string name, string what)
    {
        var value = Field(payload, name) ?? throw HubErrors.Invalid($"{name} is required");
        return value.TextOrNull() ?? throw HubErrors.Invalid($"{name} must be {what}");
    }

    private static JsonElement? Field(JsonElement payload, string name)
    {
        if (payload.ValueKind != JsonValueKind.Object) throw HubErrors.Invalid($"An object with {name} is required");
        return payload.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}

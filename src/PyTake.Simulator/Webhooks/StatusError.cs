using System.Text.Json;
using System.Text.Json.Serialization;
using PyTake.Simulator.Graph;

namespace PyTake.Simulator.Webhooks;

/// <summary>Why a message failed, as a status reports it. Only the code is required; the title is filled in.</summary>
public sealed record StatusError
{
    private readonly string? _title;
    private readonly string? _message;

    public required int Code { get; init; }

    public string Title { get => _title ?? ErrorTitles.Of(Code); init => _title = value; }

    public string Message { get => _message ?? Title; init => _message = value; }

    public JsonElement? ErrorData { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }
}

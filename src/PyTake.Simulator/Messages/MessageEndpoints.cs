using System.Text.Json;

namespace PyTake.Simulator.Messages;

internal static class MessageEndpoints
{
    public static void AddMessages(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SentLog>();
        builder.Services.AddSingleton<MessageCheck>();
        builder.Services.AddSingleton<AcceptMessage>();
    }

    public static void MapMessages(this RouteGroupBuilder graph) =>
        graph.MapPost("/{phoneNumberId:regex(^\\d+$)}/messages", Send);

    private static async Task<IResult> Send(string phoneNumberId, HttpRequest request, AcceptMessage accept)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return await accept.RunAsync(phoneNumberId, request, Parse(body.GetBuffer().AsSpan(0, (int)body.Length)));
    }

    /// <summary>A body that is not JSON is kept as a JSON string, so that it can be listed too.</summary>
    private static JsonElement Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(System.Text.Encoding.UTF8.GetString(body));
        }
    }
}

using System.Diagnostics;
using PyTake.Telemetry;

namespace PyTake.WhatsApp;

/// <summary>
/// The text that Meta returns with each status of a message (biz_opaque_callback_data, 512 characters): the message's id and, if its trace is
/// recorded, a semicolon and the trace, so that statuses of hours later appear in that trace.
/// </summary>
internal static class CallbackData
{
    public static string Of(Guid messageId, string? trace) => trace is null ? messageId.ToString("D") : $"{messageId:D};{trace}";

    /// <summary>The id of our message; null if the text is not one that <see cref="Of"/> wrote.</summary>
    public static Guid? MessageId(string? text)
    {
        var id = text.AsSpan();
        if (id.IndexOf(';') is >= 0 and var end) id = id[..end];
        return Guid.TryParse(id, out var found) ? found : null;
    }

    /// <summary>The message's trace; default if it was not recorded.</summary>
    public static ActivityContext Trace(string? text) => text?.IndexOf(';') is >= 0 and var end ? Tracing.Read(text[(end + 1)..]) : default;
}

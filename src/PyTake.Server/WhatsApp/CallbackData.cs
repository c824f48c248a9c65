using System.Diagnostics;
using PyTake.Telemetry;

namespace PyTake.WhatsApp;

/// <summary>
/// What Meta repeats to us with each status of a message (biz_opaque_callback_data, 512 characters): the message's id and, where its
/// trace is recorded, a semicolon and the trace, so that the ticks of hours later are seen in it.
/// </summary>
internal static class CallbackData
{
    public static string Of(Guid messageId, string? trace) => trace is null ? messageId.ToString("D") : $"{messageId:D};{trace}";

    /// <summary>Our message; null where these are not our words.</summary>
    public static Guid? MessageId(string? text)
    {
        var id = text.AsSpan();
        if (id.IndexOf(';') is >= 0 and var end) id = id[..end];
        return Guid.TryParse(id, out var found) ? found : null;
    }

    /// <summary>The message's trace; none where it was not recorded.</summary>
    public static ActivityContext Trace(string? text) => text?.IndexOf(';') is >= 0 and var end ? Tracing.Read(text[(end + 1)..]) : default;
}

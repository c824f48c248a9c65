using System.Text.Json;
using System.Text.Json.Nodes;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>One side's reaction to a message, as <see cref="Message.Reactions"/> holds it.</summary>
/// <param name="SenderType">contact or agent: to WhatsApp the business is one person, so a message has at most two reactions.</param>
/// <param name="SenderUserId">The agent, where one reacted here.</param>
public sealed record Reaction(string Emoji, string SenderType, Guid? SenderUserId, DateTime OccurredAt);

/// <summary>What becomes of a message's reactions.</summary>
internal static class Reactions
{
    private const string Mark = "reacted";

    /// <summary>What a side's reaction is; null where it has none.</summary>
    public static Reaction? Of(this Json reactions, string senderType) => Read(reactions).FirstOrDefault(r => r.SenderType == senderType);

    /// <summary>The message with a side's new reaction in the place of its earlier one; an empty emoji takes it back.</summary>
    public static Message With(this Message message, Reaction reaction)
    {
        var others = Read(message.Reactions).Where(r => r.SenderType != reaction.SenderType);
        return message with
        {
            Reactions = Json.Of<Reaction[]>(reaction.Emoji.Length == 0 ? [.. others] : [.. others, reaction]),
            Meta = Marked(message.Meta),
        };
    }

    /// <summary>Whether it ever had one. A reaction that was taken back is gone, but whoever still shows it must be told.</summary>
    public static bool WasReactedTo(this Message message) => message.Meta?.Text.Contains($"\"{Mark}\":", StringComparison.Ordinal) is true;

    private static Json Marked(Json? meta)
    {
        var marked = meta is { } known ? JsonNode.Parse(known.Text)!.AsObject() : [];
        marked[Mark] = true;
        return Json.Of(marked);
    }

    private static List<Reaction> Read(Json reactions) => JsonSerializer.Deserialize<List<Reaction>>(reactions.Text, Wire.Options)!;
}

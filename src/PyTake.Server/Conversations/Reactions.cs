using System.Text.Json;
using PyTake.Http;

namespace PyTake.Conversations;

/// <summary>One side's reaction to a message, as <see cref="Message.Reactions"/> holds it.</summary>
/// <param name="SenderType">contact or agent: to WhatsApp the business is one person, so a message has at most two reactions.</param>
/// <param name="SenderUserId">The agent, where one reacted here.</param>
public sealed record Reaction(string Emoji, string SenderType, Guid? SenderUserId, DateTime OccurredAt);

/// <summary>What becomes of a message's reactions.</summary>
internal static class Reactions
{
    /// <summary>What a side's reaction is; null where it has none.</summary>
    public static Reaction? Of(this Json reactions, string senderType) => Read(reactions).FirstOrDefault(r => r.SenderType == senderType);

    /// <summary>A side's new reaction takes the place of its earlier one; an empty emoji takes it back.</summary>
    public static Json With(this Json reactions, Reaction reaction)
    {
        var others = Read(reactions).Where(r => r.SenderType != reaction.SenderType);
        return Json.Of<Reaction[]>(reaction.Emoji.Length == 0 ? [.. others] : [.. others, reaction]);
    }

    private static List<Reaction> Read(Json reactions) => JsonSerializer.Deserialize<List<Reaction>>(reactions.Text, Wire.Options)!;
}

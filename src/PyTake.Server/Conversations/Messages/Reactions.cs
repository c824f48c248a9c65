using System.Text.Json;
using System.Text.Json.Nodes;
using PyTake.Json;

namespace PyTake.Conversations;

/// <summary>One side's reaction to a message, as <see cref="Message.Reactions"/> holds it.</summary>
/// <param name="SenderType">contact or agent: to WhatsApp the business is one person, so a message has at most two reactions.</param>
/// <param name="SenderUserId">The agent who reacted in PyTake; null for all other reactions.</param>
public sealed record Reaction(string Emoji, string SenderType, Guid? SenderUserId, DateTime OccurredAt);

/// <summary>Reads and changes a message's reactions.</summary>
internal static class Reactions
{
    private const string TakenBack = "reaction_taken_back_at";

    /// <summary>One side's reaction; null if it has none.</summary>
    public static Reaction? Of(this RawJson reactions, string senderType) => Read(reactions).FirstOrDefault(r => r.SenderType == senderType);

    /// <summary>The message with one side's reaction replaced. An empty emoji removes it, and the time of that is recorded.</summary>
    public static Message With(this Message message, Reaction reaction)
    {
        var others = Read(message.Reactions).Where(r => r.SenderType != reaction.SenderType);
        return reaction.Emoji.Length > 0
            ? message with { Reactions = RawJson.Of<Reaction[]>([.. others, reaction]) }
            : message with { Reactions = RawJson.Of<Reaction[]>([.. others]), Meta = Noted(message.Meta, reaction) };
    }

    /// <summary>Whether it ever had a reaction: one that was removed is gone here, but browsers that still show it must be updated.</summary>
    public static bool WasReactedTo(this Message message)
        => message.Reactions.Text is not "[]" || message.Meta?.Text.Contains($"\"{TakenBack}\":", StringComparison.Ordinal) is true;

    /// <summary>When one side last removed a reaction; null if it never did. An older reaction that arrives later is ignored.</summary>
    public static DateTime? TakenBackAt(this Message message, string senderType)
        => Node(message.Meta)[TakenBack]?[senderType]?.Deserialize<DateTime>(Wire.Options);

    private static RawJson Noted(RawJson? meta, Reaction takenBack)
    {
        var node = Node(meta);
        if (node[TakenBack] is not JsonObject) node[TakenBack] = new JsonObject();
        node[TakenBack]![takenBack.SenderType] = JsonSerializer.SerializeToNode(takenBack.OccurredAt, Wire.Options);
        return RawJson.Of(node);
    }

    private static JsonObject Node(RawJson? meta) => meta is { } known ? JsonNode.Parse(known.Text)!.AsObject() : [];

    private static List<Reaction> Read(RawJson reactions) => JsonSerializer.Deserialize<List<Reaction>>(reactions.Text, Wire.Options)!;
}

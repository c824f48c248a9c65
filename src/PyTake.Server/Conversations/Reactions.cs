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
    private const string TakenBack = "reaction_taken_back_at";

    /// <summary>What a side's reaction is; null where it has none.</summary>
    public static Reaction? Of(this Json reactions, string senderType) => Read(reactions).FirstOrDefault(r => r.SenderType == senderType);

    /// <summary>A side's new reaction takes the place of its earlier one; an empty emoji takes it back.</summary>
    public static Json With(this Json reactions, Reaction reaction)
    {
        var others = Read(reactions).Where(r => r.SenderType != reaction.SenderType);
        return Json.Of<Reaction[]>(reaction.Emoji.Length == 0 ? [.. others] : [.. others, reaction]);
    }

    /// <summary>When a side last took a reaction back, as the message's <see cref="Message.Meta"/> has it; null where it never did.</summary>
    public static DateTime? TakenBackAt(this Json? meta, string senderType)
        => Node(meta)[TakenBack]?[senderType]?.Deserialize<DateTime>(Wire.Options);

    /// <summary>Notes that.</summary>
    public static Json WithTakenBack(this Json? meta, string senderType, DateTime at)
    {
        var node = Node(meta);
        if (node[TakenBack] is not JsonObject) node[TakenBack] = new JsonObject();
        node[TakenBack]![senderType] = JsonSerializer.SerializeToNode(at, Wire.Options);
        return Json.Of(node);
    }

    private static JsonObject Node(Json? meta) => meta is { } known ? JsonNode.Parse(known.Text)!.AsObject() : [];

    private static List<Reaction> Read(Json reactions) => JsonSerializer.Deserialize<List<Reaction>>(reactions.Text, Wire.Options)!;
}

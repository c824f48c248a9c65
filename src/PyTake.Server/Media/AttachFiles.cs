using System.Text.Json.Nodes;
using PyTake.Conversations;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Media;

/// <summary>Gives messages the files that agents uploaded (<see cref="IAttachments"/>).</summary>
public sealed class AttachFiles(IFileStorage storage) : IAttachments
{
    /// <inheritdoc/>
    public async Task<Outcome<Message>> AttachAsync(
        StreamTransaction transaction, Conversation conversation, Message draft, JsonObject content, CancellationToken cancellationToken)
    {
        MessageMedia? shown = null;
        foreach (var place in Places(draft.MessageType, content).ToArray())
        {
            if (place.Owner["media_id"]?.GetValue<string>() is not { } named) continue;
            if (!Guid.TryParse(named, out var id)
                || await MediaStore.HoldAsync(transaction.Transaction, conversation.OrganizationId, id, cancellationToken) is not { } found)
                return Refusal.Invalid(place.Field, "is no file that was uploaded here, or one that was forgotten because no message used it");
            if (!WhatsAppLimits.MessageTypes(found.File.MimeType, found.File.Size, found.File.Animated).Contains(place.Type))
                return Refusal.Invalid(place.Field, $"is a file that cannot be sent as {place.Type}: {found.File.MimeType} of {found.File.Size} bytes");
            var voice = place.Owner["voice"]?.GetValue<bool>() is true;
            if (voice && !await IsOpusAsync(found.File, cancellationToken))
                return Refusal.Invalid("content.voice", "goes only with Ogg and Opus, which WhatsApp shows as a voice note");

            var filename = place.Owner["filename"]?.GetValue<string>() ?? found.Filename;
            var own = new NewMedia(Guid.CreateVersion7(), draft.Id, filename);
            MediaStore.Give(transaction, found.File, own);
            place.Owner["media_id"] = own.Id.ToString();
            if (place.Type == MessageType.Document && filename is not null) place.Owner["filename"] = filename;
            shown ??= found.File.Shown(own.Id, filename, voice);
        }
        return draft with { Content = RawJson.Of(content), Media = shown?.ToJson() };
    }

    // A message of a file, or the header of a template: {type: image, image: {media_id}}.
    private static IEnumerable<(JsonObject Owner, string Type, string Field)> Places(string messageType, JsonObject content)
    {
        if (messageType is MessageType.Image or MessageType.Video or MessageType.Audio or MessageType.Document or MessageType.Sticker)
        {
            yield return (content, messageType, "content.media_id");
            yield break;
        }
        if (messageType != MessageType.Template) yield break;
        foreach (var component in Objects(content["components"]))
            foreach (var parameter in Objects(component["parameters"]))
                if (parameter["type"] is JsonValue kind && kind.TryGetValue<string>(out var type) && type is "image" or "video" or "document"
                    && parameter[type] is JsonObject file && file["media_id"] is JsonValue id && id.TryGetValue<string>(out _)
                    && file["filename"] is null or JsonValue)
                    yield return (file, type, "content.components");
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];

    private async Task<bool> IsOpusAsync(StoredFile file, CancellationToken cancellationToken)
    {
        if (file.MimeType != "audio/ogg") return false;
        await using var content = await storage.OpenAsync(file.Name, 0, Math.Min(file.Size, 512) - 1, cancellationToken);
        if (content is null) return false;
        var head = new byte[512];
        var read = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        return ContentKind.IsOpus(head.AsSpan(0, read));
    }
}

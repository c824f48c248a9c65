namespace PyTake.WhatsApp.Webhooks;

/// <summary>
/// The shape of a received message's content, the same as for sending where both exist: text {text}; image, video, audio, document and
/// sticker {media_id, mime_type, sha256, caption?, filename?, voice?, animated?}; location {latitude, longitude, name?, address?, url?};
/// contacts {contacts: […]}; button {text, payload?}; interactive {type, title?, id?, description?, …} with Meta's reply object;
/// order {catalog_id, text?, product_items}; unsupported {type?, code?, title?}; an unknown type: Meta's object of that name as it is.
/// </summary>
public static partial class MessageContent;

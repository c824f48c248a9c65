using System.Text.Json.Nodes;

namespace PyTake.Conversations;

/// <summary>Buttons, lists and other interactive messages in Graph's shape, within WhatsApp's limits (WHATSAPP, section 7).</summary>
internal static class InteractiveContent
{
    private const int LongestBody = 1024;
    private const int LongestLine = 60;
    private const int Buttons = 3;
    private const int Rows = 10;

    /// <summary>The whole object, unchanged; errors are reported to <paramref name="fields"/>.</summary>
    public static JsonObject Read(ContentReader fields)
    {
        var type = fields.Text("type", 1, 64);
        if (!IsBodyOptional(type)) fields.Object("body").Text("text", 1, LongestBody);
        else fields.OptionalObject("body")?.Text("text", 1, LongestBody);
        fields.OptionalObject("header")?.OptionalText("text", LongestLine);
        fields.OptionalObject("footer")?.Text("text", 1, LongestLine);
        var action = fields.Object("action");
        if (type == "button") ReadButtons(action);
        if (type == "list") ReadList(action);
        return fields.Whole();
    }

    // Meta's reference of the message object: "body: optional for type product; required for other message types". A request for call
    // permissions has a text of WhatsApp's own (calling/user-call-permissions).
    private static bool IsBodyOptional(string type) => type is "product" or "call_permission_request";

    private static void ReadButtons(ContentReader action)
    {
        var ids = new HashSet<string>();
        foreach (var button in action.Array("buttons", 1, Buttons))
        {
            var reply = button.Object("reply");
            reply.Text("title", 1, 20);
            if (!ids.Add(reply.Text("id", 1, 256))) reply.Wrong("id", "is another button's");
        }
    }

    private static void ReadList(ContentReader action)
    {
        action.Text("button", 1, 20);
        var rows = 0;
        var ids = new HashSet<string>();
        var sections = action.Array("sections", 1, Rows);
        foreach (var section in sections)
        {
            if (sections.Count > 1) section.Text("title", 1, 24);
            foreach (var row in section.Array("rows", 1, Rows))
            {
                rows++;
                row.Text("title", 1, 24);
                row.OptionalText("description", 72);
                if (!ids.Add(row.Text("id", 1, 200))) row.Wrong("id", "is another row's");
            }
        }
        if (rows > Rows) action.Wrong("sections", $"have at most {Rows} rows together");
    }
}

using System.Text;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.Server.Tests.WhatsApp;

public sealed class WebhookSplitterTests
{
    [Fact]
    public void A_webhook_with_one_message_is_kept_byte_for_byte()
    {
        var body = Encoding.UTF8.GetBytes("""{ "object":"whatsapp_business_account","entry":[{"id":"9","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"77"},"contacts":[{"profile":{"name":"Ana"},"wa_id":"5511911112222"}],"messages":[{"from":"5511911112222","id":"wamid.A","timestamp":"1790000000","type":"text","text":{"body":"a\/\u00e7\u0000\ud83d"}}]}}]}] }""");
        var item = Assert.Single(WebhookSplitter.Split(body));
        Assert.Equal(body, item.Payload.ToArray());
        Assert.Equal("message", item.Kind);
        var update = Assert.IsType<MessageReceived>(WebhookReader.Read(item.Payload, new DateTime(2026, 9, 1, 0, 0, 0, DateTimeKind.Utc)));
        Assert.Equal("""{"text":"a/ç�"}""", update.Content.Text);
    }
}

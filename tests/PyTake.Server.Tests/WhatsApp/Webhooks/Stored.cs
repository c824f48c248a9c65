using System.Reflection;
using System.Text;
using System.Text.Json;
using PyTake.Json;

namespace PyTake.WhatsApp.Webhooks;

/// <summary>Checks what PostgreSQL asks of text and jsonb: no NUL, no lone surrogates, keys that fit an index.</summary>
internal static class Stored
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void Check(object value)
    {
        foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            switch (property.GetValue(value))
            {
                case string text:
                    CheckText(text);
                    break;
                case RawJson json:
                    CheckJson(json.Parse().RootElement);
                    break;
                case CustomerIdentity customer:
                    Check(customer);
                    Assert.NotEmpty(customer.Keys());
                    Assert.All(customer.Keys(), key => Assert.InRange(key.Value.Length, 1, 512));
                    break;
            }
    }

    private static void CheckJson(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                CheckText(element.GetString()!);
                break;
            case JsonValueKind.Number:
                Assert.True(JsonNumbers.IsKept(element), element.GetRawText());
                break;
            case JsonValueKind.Array:
                foreach (var inner in element.EnumerateArray()) CheckJson(inner);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    CheckText(member.Name);
                    CheckJson(member.Value);
                }
                break;
        }
    }

    private static void CheckText(string text)
    {
        Assert.DoesNotContain('\0', text);
        Strict.GetByteCount(text);
    }
}

using System.Text;

namespace PyTake.WhatsApp;

/// <summary>
/// The body of a webhook in exactly the bytes that were signed, one file for each POST of a case of WHATSAPP, section 11, named after the case:
/// <c>NN-name.json</c>, and of what messages of other kinds say: <c>kinds-NN-name.json</c>. Of the former all are escaped as Meta escapes (\u00e7, \/) and dated 28 May 2026. Signatures are computed from the body, except for
/// <see cref="OtherHandsSignature"/>. The business's numbers are <see cref="PhoneNumberId"/> and <see cref="OtherPhoneNumberId"/>.
/// </summary>
internal sealed record Fixture(string Name, byte[] Body, string Signature)
{
    /// <summary>The app secret that all are signed with.</summary>
    public const string AppSecret = "test-app-secret";

    /// <summary>The number nearly all of them concern, shown as 5511900000000.</summary>
    public const string PhoneNumberId = "770022001100";

    /// <summary>The second number of the same business in cases 3 and 23, shown as 5511900000099.</summary>
    public const string OtherPhoneNumberId = "770022001199";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "WhatsApp", "Fixtures");

    /// <summary>The names of all fixtures.</summary>
    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order();

    /// <summary>The signature of <c>01-escaped-text</c>, made by another program than this one.</summary>
    public static string OtherHandsSignature => File.ReadAllText(Path.Combine(Folder, "01-escaped-text.sig")).Trim();

    public static Fixture Load(string name) => Of(name, File.ReadAllBytes(Path.Combine(Folder, name + ".json")));

    /// <summary>A body that is not in a file, signed the same way.</summary>
    public static Fixture Of(string name, byte[] body) => new(name, body, Meta.Sign(body, AppSecret));

    /// <summary>The same webhook for another number, signed anew, so that each test has a number of its own.</summary>
    public Fixture For(string phoneNumberId) => With(PhoneNumberId, phoneNumberId);

    /// <summary>The same webhook with some of its text replaced, signed anew.</summary>
    public Fixture With(string words, string others) => Of(Name, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Body).Replace(words, others)));
}

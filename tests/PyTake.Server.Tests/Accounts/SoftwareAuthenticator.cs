using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PyTake.Accounts;

/// <summary>An authenticator with its browser, in software: makes one passkey (ES256) and signs with it (WebAuthn, sections 6.3 and 6.5).</summary>
internal sealed class SoftwareAuthenticator(string origin = "https://inbox.example.com")
{
    private const byte UserPresent = 1, Verified = 4, HasKey = 64;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(16);
    private byte[] _user = [];

    /// <summary>Whether it says that it recognized its user, by a finger or a PIN.</summary>
    public bool VerifiesUser { get; set; } = true;

    /// <summary>How often it signed. One that does not count leaves it at 0.</summary>
    public uint Count { get; set; }

    /// <summary>navigator.credentials.create, with toJSON.</summary>
    public object Create(JsonElement options)
    {
        _user = Base64Url.DecodeFromChars(options.GetProperty("user").GetProperty("id").GetString());
        var client = ClientData("webauthn.create", options);
        byte[] data = [.. AuthenticatorData(options.GetProperty("rp").GetProperty("id").GetString()!, HasKey), .. new byte[16], 0, (byte)_id.Length, .. _id, .. PublicKey()];
        var cbor = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cbor.WriteStartMap(3);
        cbor.WriteTextString("fmt");
        cbor.WriteTextString("none");
        cbor.WriteTextString("attStmt");
        cbor.WriteStartMap(0);
        cbor.WriteEndMap();
        cbor.WriteTextString("authData");
        cbor.WriteByteString(data);
        cbor.WriteEndMap();
        return Credential(new Dictionary<string, object>
        {
            ["clientDataJSON"] = Encoded(client),
            ["attestationObject"] = Encoded(cbor.Encode()),
            ["transports"] = new[] { "internal" },
        });
    }

    /// <summary>navigator.credentials.get, with toJSON.</summary>
    public object Get(JsonElement options)
    {
        if (Count > 0) Count++;
        var client = ClientData("webauthn.get", options);
        var data = AuthenticatorData(options.GetProperty("rpId").GetString()!, 0);
        return Credential(new Dictionary<string, object>
        {
            ["clientDataJSON"] = Encoded(client),
            ["authenticatorData"] = Encoded(data),
            ["signature"] = Encoded(_key.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            ["userHandle"] = Encoded(_user),
        });
    }

    private Dictionary<string, object> Credential(object response) => new()
    {
        ["id"] = Encoded(_id), ["rawId"] = Encoded(_id), ["type"] = "public-key", ["response"] = response, ["clientExtensionResults"] = new { },
    };

    private byte[] ClientData(string type, JsonElement options) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
        new { type, challenge = options.GetProperty("challenge").GetString(), origin, crossOrigin = false }));

    private byte[] AuthenticatorData(string rpId, byte flags)
    {
        var data = new byte[37];
        SHA256.HashData(Encoding.UTF8.GetBytes(rpId), data);
        data[32] = (byte)(flags | UserPresent | (VerifiesUser ? Verified : 0));
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(33), Count);
        return data;
    }

    // COSE: an EC2 key (1: 2) for ES256 (3: -7) on P-256 (-1: 1).
    private byte[] PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var cbor = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cbor.WriteStartMap(5);
        cbor.WriteInt32(1);
        cbor.WriteInt32(2);
        cbor.WriteInt32(3);
        cbor.WriteInt32(-7);
        cbor.WriteInt32(-1);
        cbor.WriteInt32(1);
        cbor.WriteInt32(-2);
        cbor.WriteByteString(point.X!);
        cbor.WriteInt32(-3);
        cbor.WriteByteString(point.Y!);
        cbor.WriteEndMap();
        return cbor.Encode();
    }

    private static string Encoded(byte[] bytes) => Base64Url.EncodeToString(bytes);
}

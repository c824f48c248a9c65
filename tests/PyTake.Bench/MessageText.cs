using System.Buffers.Text;
using System.Text;

namespace PyTake.Bench;

/// <summary>The text of a measured message carries its round and its number, so that it is recognized wherever it turns up.</summary>
internal sealed class MessageText(string run)
{
    private const int Length = 120;      // about what people write
    private readonly byte[] _mark = Encoding.ASCII.GetBytes($"bench:{run}:");

    public string Of(int id) => $"bench:{run}:{id}:".PadRight(Length, 'x');

    /// <summary>Finds the message's number and its stream seq in a message:new event.</summary>
    public bool TryRead(ReadOnlySpan<byte> json, out int id, out long seq)
    {
        seq = 0;
        var isOurs = TryReadAfter(json, _mark, out var number);
        id = (int)number;
        return isOurs && TryReadAfter(json, "\"seq\":"u8, out seq);
    }

    private static bool TryReadAfter(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, out long value)
    {
        value = 0;
        var at = json.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(json[(at + name.Length)..], out value, out _);
    }
}

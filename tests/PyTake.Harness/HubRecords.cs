using System.Text;

namespace PyTake.Harness;

/// <summary>
/// The part of SignalR's JSON protocol that a client needs to join and listen: records end with 0x1e; one chunk may
/// contain several of them, or only part of one. Source: dotnet/aspnetcore, src/SignalR/docs/specs/HubProtocol.md.
/// </summary>
public static class HubRecords
{
    public const byte End = 0x1e;

    public static readonly byte[] Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    public static readonly byte[] Ping = "{\"type\":6}\u001e"u8.ToArray();

    public static byte[] Join(Guid conversation) => Call("join_conversation", $$"""{"conversation_id":"{{conversation:D}}"}""");

    /// <summary>Joins and asks for everything after a seq.</summary>
    public static byte[] Join(Guid conversation, long after)
        => Call("join_conversation", $$"""{"conversation_id":"{{conversation:D}}","after_seq":{{after}}}""");

    /// <summary>Watches a view of the list of conversations.</summary>
    public static byte[] Watch(string view, int limit) => Call("watch_conversations", $$"""{"view":"{{view}}","limit":{{limit}}}""");

    public static byte[] Call(string method, string argument)
        => Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":[{{argument}}]}""" + "\u001e");

    /// <summary>Takes the first record of the data, without its terminator; false if it is not complete yet.</summary>
    public static bool TryTake(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> record)
    {
        var end = data.IndexOf(End);
        record = end < 0 ? default : data[..end];
        return end >= 0;
    }

    public static HubRecord KindOf(ReadOnlySpan<byte> record)
    {
        if (record.IndexOf("\"target\":\"message:new\""u8) >= 0) return HubRecord.MessageNew;
        if (record.SequenceEqual("{}"u8)) return HubRecord.HandshakeDone;
        if (record.IndexOf("\"target\":"u8) >= 0) return HubRecord.OtherEvent;
        if (record.IndexOf("\"type\":6"u8) >= 0) return HubRecord.Ping;
        if (record.IndexOf("\"error\""u8) >= 0 || record.IndexOf("\"type\":7"u8) >= 0) return HubRecord.Refused;
        return record.IndexOf("\"type\":3"u8) >= 0 ? HubRecord.Joined : HubRecord.OtherEvent;
    }
}

/// <summary>What a record means to the benchmark.</summary>
public enum HubRecord { MessageNew, OtherEvent, HandshakeDone, Joined, Ping, Refused }

using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using PyTake.Database;
using PyTake.SocketIo.Engine;

namespace PyTake.SocketIo;

/// <summary>For any bytes the parsers accept or refuse, throw only the exceptions they document, and retain no memory.</summary>
public sealed class ParserFuzzTests
{
    private const int Rounds = 20_000;

    private static readonly string[] Good =
    [
        "0", "1", """0{"token":"123"}""", "0/custom,", """0/custom,{"token":"abc"}""", """2["message",1,"2",{"3":[true]}]""", """2/custom,12["foo"]""",
        """312["bar"]""", """52-["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""", """61-15[{"_placeholder":true,"num":0}]""",
        """4{"message":"Not authorized"}""", "1/admin,",
    ];

    private static readonly string[] Pieces =
    [
        "/", ",", "-", "[", "]", "{", "}", "\"", "\\", ":", "0", "9999999999999999999", "-1", "1e400", "null", "\\ud800", "\u001e", "\u0000", "\"_placeholder\":true",
        "\"num\":2147483648", "\"connect\"", new string('[', 100), "5", "10-", "11-", "é", "🎉",
    ];

    [Fact]
    public void A_packet_is_read_or_refused()
    {
        var (random, read) = (new Random(4), 0);
        for (var round = 0; round < Rounds; round++)
        {
            var text = Mutant(random);
            if (!SocketPacket.TryRead(text, out var packet)) continue;
            read++;
            Assert.InRange(packet.Attachments, 0, 10);
            Assert.True(packet.Id is null or (>= 0 and < 1_000_000_000_000_000));
            Assert.True(packet.Namespace.StartsWith('/'));
            if (packet.IsEvent) Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(packet.Json.ToArray()).RootElement.ValueKind);
        }
        Assert.InRange(read, 100, Rounds / 2);
    }

    [Fact]
    public void A_record_is_a_valid_call_or_invalid_data()
    {
        var (random, protocol, calls, refused) = (new Random(5), new SocketIoProtocol(), 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var input = new ReadOnlySequence<byte>([(byte)'4', .. Mutant(random), EnginePacket.Separator, .. "bAQID"u8, EnginePacket.Separator, .. Mutant(random), EnginePacket.Separator]);
            try
            {
                while (protocol.TryParseMessage(ref input, Binder.Any, out var message))
                    if (message is InvocationMessage call)
                    {
                        calls++;
                        // A call of an unknown method becomes a call of a method without parameters.
                        Assert.Equal(call.Target == "unknown_method" ? 0 : 3, call.Arguments.Length);
                    }
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.True(calls > 100 && refused > 100);
    }

    [Fact]
    public void A_payload_is_split_into_its_packets_or_refused()
    {
        var random = new Random(6);
        for (var round = 0; round < Rounds; round++)
        {
            var payload = Mutant(random);
            ReadOnlyMemory<byte> rest = payload;
            var parts = new List<string>();
            bool isMore;
            do
            {
                isMore = EnginePacket.TryTake(ref rest, out var packet);
                parts.Add(Encoding.Latin1.GetString(packet.Span));
                if (packet.Span is not [EnginePacket.Binary, .. var base64]) continue;
                try
                {
                    Assert.InRange(EnginePacket.ReadBinary(base64).Length, 0, base64.Length);
                }
                catch (InvalidPacketException)
                {
                    // The protocol's own.
                }
            }
            while (isMore);
            Assert.Equal(Encoding.Latin1.GetString(payload), string.Join('\u001e', parts));
        }
    }

    [Fact]
    public void Binary_data_round_trips_through_a_payload()
    {
        var random = new Random(7);
        for (var length = 0; length < 200; length++)
        {
            var data = new byte[length];
            random.NextBytes(data);

            var packet = EnginePacket.OfBinary(data);

            Assert.Equal(EnginePacket.Separator, packet[^1]);
            Assert.Equal(data, EnginePacket.ReadBinary(packet.AsSpan(1, packet.Length - 2)));
        }
    }

    // Refusing a packet is as cheap as reading it: one of 32 KB may allocate no more than a few copies of itself.
    [Fact]
    public void A_packet_designed_to_be_costly_is_not()
    {
        string[] costly =
        [
            "2" + new string('[', 32_000), "2[\"" + new string('\\', 32_000), "2" + new string('1', 32_000), "0/" + new string('a', 32_000), "2[\"a\"" + string.Concat(Enumerable.Repeat(",{}", 10_000)) + "]",
        ];
        foreach (var text in costly.Select(Encoding.UTF8.GetBytes))
        {
            SocketPacket.TryRead(text, out _);
            var before = GC.GetAllocatedBytesForCurrentThread();
            SocketPacket.TryRead(text, out _);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 32_000);
        }
    }

    private static byte[] Mutant(Random random)
    {
        if (random.Next(10) == 0)
        {
            var noise = new byte[random.Next(60)];
            random.NextBytes(noise);
            return noise;
        }
        var bytes = Encoding.UTF8.GetBytes(Good[random.Next(Good.Length)]).ToList();
        for (var change = random.Next(4); change > 0; change--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(1, bytes.Count - at + 1));
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Every method has three parameters; those with short names do not exist.</summary>
    private sealed class Binder : IInvocationBinder
    {
        public static readonly Binder Any = new();

        private static readonly Type[] Parameters = [typeof(JsonElement), typeof(object), typeof(byte[])];

        public IReadOnlyList<Type> GetParameterTypes(string methodName)
            => methodName.Length > 6 ? Parameters : throw new HubException("Method does not exist");

        public Type GetReturnType(string invocationId) => typeof(object);

        public Type GetStreamItemType(string streamId) => typeof(object);
    }
}

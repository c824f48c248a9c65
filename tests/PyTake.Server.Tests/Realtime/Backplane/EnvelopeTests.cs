namespace PyTake.Realtime;

public sealed class EnvelopeTests
{
    [Fact]
    public void An_envelope_round_trips_and_a_broken_one_is_refused()
    {
        var envelope = new Envelope(Guid.NewGuid(), 7, "message:né", "{\"a\":1}"u8.ToArray());

        var bytes = envelope.ToBytes();
        var read = Envelope.Read(bytes)!.Value;

        Assert.Equal((envelope.Origin, 7L, "message:né"), (read.Origin, read.Seq, read.Method));
        Assert.Equal(envelope.Arguments.ToArray(), read.Arguments.ToArray());
        Assert.True(Envelope.IsFrom(envelope.Origin, bytes));
        for (var length = 0; length < bytes.Length - envelope.Arguments.Length; length++) Assert.Null(Envelope.Read(bytes[..length]));
    }
}

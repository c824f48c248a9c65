using System.Buffers.Binary;

namespace PyTake.Media;

/// <summary>
/// Leaves out of a photo where and with what it was taken: all metadata but how it is turned, and what stands behind its end (phones keep a second
/// picture or a film there, with metadata of its own). The picture itself is not decoded.
/// </summary>
public static class PhotoMetadata
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Copies a photo without its metadata.</summary>
    /// <param name="photo">A JPEG or a PNG.</param>
    /// <exception cref="InvalidDataException">It is not a whole one.</exception>
    public static void Remove(Stream photo, Stream clean, string mimeType)
    {
        using var input = new BufferedStream(photo, 64 * 1024);
        using var output = new BufferedStream(new Unclosed(clean), 64 * 1024);
        try
        {
            if (mimeType == "image/png") OfPng(input, output);
            else OfJpeg(input, output);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("The photo is not whole", exception);
        }
    }

    private static void OfJpeg(Stream input, Stream output)
    {
        if (Next(input) != 0xFF || Next(input) != 0xD8) throw new InvalidDataException("Not a JPEG");
        output.Write([0xFF, 0xD8]);
        var orientation = 1;
        var isTurned = false;
        var marker = Marker(input);
        while (marker != 0xD9)
        {
            if (marker is 1 or (>= 0xD0 and <= 0xD7))
            {
                output.Write([0xFF, (byte)marker]);
                marker = Marker(input);
                continue;
            }
            var segment = Segment(input);
            if (marker == 0xE1 && orientation == 1) orientation = JpegOrientation.Of(segment);
            // The first segment that is no application's: from here on nobody looks for the orientation.
            if (!isTurned && marker is not (>= 0xE0 and <= 0xEF))
            {
                if (orientation != 1) Write(output, 0xE1, Exif(orientation));
                isTurned = true;
            }
            if (IsPartOfPicture(marker, segment)) Write(output, marker, segment);
            marker = marker == 0xDA ? CopyScan(input, output) : Marker(input);
        }
        output.Write([0xFF, 0xD9]);
    }

    // JFIF, the color profile (its first part begins so, and further ones too) and Adobe's note about colors change how it looks; comments do not.
    private static bool IsPartOfPicture(int marker, ReadOnlySpan<byte> segment) => marker switch
    {
        0xE0 => segment.StartsWith("JFIF\0"u8),
        0xE2 => segment.StartsWith("ICC_PROFILE\0"u8),
        0xEE => segment.StartsWith("Adobe"u8),
        >= 0xE0 and <= 0xEF or 0xFE => false,
        _ => true,
    };

    // In a scan FF is followed by 0 or by a restart marker; anything else ends it.
    private static int CopyScan(Stream input, Stream output)
    {
        while (true)
        {
            var value = Next(input);
            if (value != 0xFF)
            {
                output.WriteByte(value);
                continue;
            }
            var next = Next(input);
            while (next == 0xFF) next = Next(input);
            if (next is not (0 or (>= 0xD0 and <= 0xD7))) return next;
            output.WriteByte(0xFF);
            output.WriteByte(next);
        }
    }

    private static void OfPng(Stream input, Stream output)
    {
        Span<byte> head = stackalloc byte[8];
        input.ReadExactly(head);
        if (!head.SequenceEqual(PngSignature)) throw new InvalidDataException("Not a PNG");
        output.Write(head);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            input.ReadExactly(head);
            var length = BinaryPrimitives.ReadUInt32BigEndian(head) + 4L;
            var isKept = !IsPngMetadata(head[4..]);
            if (isKept) output.Write(head);
            while (length > 0)
            {
                var read = input.Read(buffer, 0, (int)Math.Min(length, buffer.Length));
                if (read == 0) throw new EndOfStreamException();
                if (isKept) output.Write(buffer, 0, read);
                length -= read;
            }
            if (head[4..].SequenceEqual("IEND"u8)) return;
        }
    }

    // Turned PNGs are rare enough, and no browser turns them.
    private static bool IsPngMetadata(ReadOnlySpan<byte> type)
        => type.SequenceEqual("eXIf"u8) || type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8) || type.SequenceEqual("tIME"u8);

    private static byte[] Segment(Stream input)
    {
        var length = ((Next(input) << 8) | Next(input)) - 2;
        if (length < 0) throw new InvalidDataException("Not a JPEG");
        var segment = new byte[length];
        input.ReadExactly(segment);
        return segment;
    }

    private static void Write(Stream output, int marker, ReadOnlySpan<byte> segment)
    {
        output.Write([0xFF, (byte)marker, (byte)((segment.Length + 2) >> 8), (byte)(segment.Length + 2)]);
        output.Write(segment);
    }

    // A TIFF header and one entry: 0x0112, a short.
    private static byte[] Exif(int orientation)
        => [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    private static int Marker(Stream input)
    {
        if (Next(input) != 0xFF) throw new InvalidDataException("Not a JPEG");
        var marker = Next(input);
        while (marker == 0xFF) marker = Next(input);
        return marker;
    }

    private static byte Next(Stream input) => input.ReadByte() is >= 0 and var value ? (byte)value : throw new EndOfStreamException();

    // A buffer closes what it writes to.
    private sealed class Unclosed(Stream inner) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => inner.Length;
        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
        public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);
    }
}

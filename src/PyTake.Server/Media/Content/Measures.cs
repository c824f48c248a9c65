using System.Buffers.Binary;

namespace PyTake.Media;

/// <summary>How large an image or a video is and how long a sound, as far as its headers say so without being decoded.</summary>
/// <param name="Width">Pixels, as it is shown: turned as the file asks for.</param>
/// <param name="Animated">Whether an image moves.</param>
public sealed record Measures(int? Width = null, int? Height = null, double? DurationSeconds = null, bool Animated = false)
{
    private const int MostBoxes = 4096;

    /// <summary>Reads the headers of a seekable file; nothing is known of a broken one.</summary>
    public static Measures Of(Stream file, string? mimeType)
    {
        try
        {
            file.Position = 0;
            var measures = mimeType switch
            {
                "image/jpeg" => OfJpeg(file),
                "image/png" => OfPng(file),
                "image/webp" => OfWebP(file),
                "image/gif" => OfGif(file),
                "audio/ogg" => OfOgg(file),
                "audio/amr" => OfAmr(file),
                "video/mp4" or "video/3gpp" or "video/quicktime" or "audio/mp4" => OfMp4(file),
                _ => new Measures(),
            };
            return measures is { Width: <= 0 } or { Height: <= 0 } ? measures with { Width = null, Height = null } : measures;
        }
        catch (Exception exception) when (exception is EndOfStreamException or OverflowException or ArgumentOutOfRangeException)
        {
            return new();
        }
    }

    private static Measures OfJpeg(Stream file)
    {
        file.Position = 2;
        var isTurned = false;
        while (true)
        {
            if (file.ReadByte() != 0xFF) return new();
            int marker;
            while ((marker = file.ReadByte()) == 0xFF) { }
            if (marker is < 0 or 0xD9 or 0xDA) return new();
            if (marker is 1 or (>= 0xD0 and <= 0xD7)) continue;
            var next = file.Position + U16(file);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                file.ReadByte();
                var (height, width) = (U16(file), U16(file));
                return isTurned ? new(height, width) : new(width, height);
            }
            if (marker == 0xE1 && next - file.Position is > 14 and <= 65533) isTurned |= JpegOrientation.Of(Bytes(file, (int)(next - file.Position))) >= 5;
            file.Position = next;
        }
    }

    private static Measures OfPng(Stream file)
    {
        file.Position = 16;
        var (width, height) = ((int)U32(file), (int)U32(file));
        file.Position = 8;
        for (var chunks = 0; chunks < MostBoxes; chunks++)
        {
            var (length, type) = (U32(file), U32(file));
            // acTL before IDAT: an animation.
            if (type is 0x61_63_54_4C or 0x49_44_41_54) return new(width, height, Animated: type == 0x61_63_54_4C);
            file.Position += length + 4;
        }
        return new(width, height);
    }

    private static Measures OfWebP(Stream file)
    {
        file.Position = 12;
        var (type, data) = (U32(file), Bytes(file, 18));
        return type switch
        {
            // VP8X: after its length flags, then both sizes less one.
            0x56_50_38_58 => new(1 + U24(data.AsSpan(8)), 1 + U24(data.AsSpan(11)), Animated: (data[4] & 2) != 0),
            // VP8: after the frame's tag and its start code.
            0x56_50_38_20 => new(BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(10)) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(12)) & 0x3FFF),
            // VP8L: after its signature.
            0x56_50_38_4C => OfBits(BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(5))),
            _ => new(),
        };

        static Measures OfBits(uint bits) => new(1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
        static int U24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
    }

    private static Measures OfGif(Stream file)
    {
        file.Position = 6;
        var size = Bytes(file, 4);
        return new(BinaryPrimitives.ReadUInt16LittleEndian(size), BinaryPrimitives.ReadUInt16LittleEndian(size.AsSpan(2)));
    }

    // The last page says how many samples there are; Opus always counts 48,000 a second, less what its header says is skipped.
    private static Measures OfOgg(Stream file)
    {
        var head = Bytes(file, (int)Math.Min(file.Length, 512));
        var opus = head.AsSpan().IndexOf("OpusHead"u8);
        if (opus < 0 || opus + 12 > head.Length) return new();
        var skipped = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(opus + 10));
        file.Position = Math.Max(0, file.Length - 65_536);
        var tail = Bytes(file, (int)(file.Length - file.Position));
        var page = tail.AsSpan().LastIndexOf("OggS"u8);
        if (page < 0 || page + 14 > tail.Length) return new();
        var samples = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(page + 6)) - skipped;
        return samples > 0 ? new(DurationSeconds: Seconds(samples / 48_000.0)) : new();
    }

    // Each frame is 20 ms, and its first byte says how long it is.
    private static Measures OfAmr(Stream file)
    {
        ReadOnlySpan<int> sizes = [12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0];
        using var buffered = new BufferedStream(file, 65_536);
        buffered.Position = 6;
        var frames = 0;
        for (int frame; (frame = buffered.ReadByte()) >= 0; frames++) buffered.Position += sizes[(frame >> 3) & 15];
        return new(DurationSeconds: Seconds(frames * 0.02));
    }

    private static Measures OfMp4(Stream file)
    {
        var found = new Measures();
        var left = MostBoxes;
        ReadBoxes(file, file.Length, ref found, ref left, depth: 0);
        return found;
    }

    // moov holds mvhd (how long) and a trak for each track, whose tkhd says how large it is and how it is turned.
    private static void ReadBoxes(Stream file, long end, ref Measures found, ref int left, int depth)
    {
        while (file.Position + 8 <= end && left-- > 0)
        {
            var start = file.Position;
            var (size, type) = ((long)U32(file), U32(file));
            if (size == 1) size = checked((long)(((ulong)U32(file) << 32) | U32(file)));
            if (size == 0) size = end - start;
            if (size < 8) return;
            var next = checked(start + size);
            if (type is 0x6D_6F_6F_76 or 0x74_72_61_6B && depth < 3) ReadBoxes(file, Math.Min(next, end), ref found, ref left, depth + 1);
            else if (type == 0x6D_76_68_64) found = found with { DurationSeconds = MovieSeconds(file) };
            else if (type == 0x74_6B_68_64 && found.Width is null) found = WithTrack(file, found);
            file.Position = next;
        }
    }

    private static double? MovieSeconds(Stream file)
    {
        var isLong = U32(file) >> 24 == 1;
        file.Position += isLong ? 16 : 8;
        var scale = U32(file);
        var duration = isLong ? ((ulong)U32(file) << 32) | U32(file) : U32(file);
        return scale > 0 && duration is > 0 and < uint.MaxValue ? Seconds((double)duration / scale) : null;
    }

    private static Measures WithTrack(Stream file, Measures found)
    {
        var isLong = U32(file) >> 24 == 1;
        file.Position += isLong ? 48 : 36;
        var matrix = Bytes(file, 36);
        var (width, height) = ((int)(U32(file) >> 16), (int)(U32(file) >> 16));
        if (width == 0 || height == 0) return found;
        // Turned by a quarter: the diagonal is zero.
        var isTurned = BinaryPrimitives.ReadInt32BigEndian(matrix) == 0 && BinaryPrimitives.ReadInt32BigEndian(matrix.AsSpan(4)) != 0;
        return isTurned ? found with { Width = height, Height = width } : found with { Width = width, Height = height };
    }

    private static double Seconds(double seconds) => Math.Round(seconds, 2);

    private static byte[] Bytes(Stream file, int count)
    {
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static int U16(Stream file) => BinaryPrimitives.ReadUInt16BigEndian(Bytes(file, 2));

    private static uint U32(Stream file) => BinaryPrimitives.ReadUInt32BigEndian(Bytes(file, 4));
}

/// <summary>How a JPEG is to be turned to be shown (EXIF's orientation).</summary>
internal static class JpegOrientation
{
    /// <summary>1 to 8; 1 where the segment does not say.</summary>
    /// <param name="segment">The data of an APP1 segment.</param>
    public static int Of(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8) || segment.Length < 20) return 1;
        var tiff = segment[6..];
        var little = tiff[0] == 'I';
        var at = (long)U32(tiff, 4, little);
        if (at + 2 > tiff.Length) return 1;
        var entries = U16(tiff, (int)at, little);
        for (var i = 0; i < entries; i++)
        {
            var entry = at + 2 + (12 * i);
            if (entry + 12 > tiff.Length) return 1;
            if (U16(tiff, (int)entry, little) == 0x0112) return U16(tiff, (int)entry + 8, little) is >= 1 and <= 8 and var orientation ? orientation : 1;
        }
        return 1;
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at, bool little)
        => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at, bool little)
        => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}

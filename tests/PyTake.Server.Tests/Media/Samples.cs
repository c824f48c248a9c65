using System.Text;
using NetVips;

namespace PyTake.Media;

/// <summary>Files as customers and agents send them.</summary>
public static class Samples
{
    private static int _count;

    /// <summary>The place that <see cref="Photo"/> was taken at, somewhere in its metadata.</summary>
    public const string Place = "GPS -23.5505 -46.6333";

    /// <summary>A photo of its own: no two have the same bytes. With <see cref="Place"/> in its metadata and turned by a quarter.</summary>
    public static byte[] Photo(int width = 64, int height = 48)
    {
        var jpeg = Plain(width, height);
        byte[] exif = [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(Place)];
        // Behind its end some phones keep another picture, with metadata of its own.
        return [.. jpeg[..2], 0xFF, 0xE1, (byte)((exif.Length + 2) >> 8), (byte)(exif.Length + 2), .. exif, .. jpeg[2..], .. Encoding.ASCII.GetBytes(Place)];
    }

    /// <summary>The same without metadata.</summary>
    public static byte[] Plain(int width = 64, int height = 48)
    {
        using var image = Image.Gaussnoise(width, height, mean: 128, sigma: 40, seed: Interlocked.Increment(ref _count)).Cast(Enums.BandFormat.Uchar);
        return image.JpegsaveBuffer(keep: Enums.ForeignKeep.None);
    }

    public static byte[] Png(int width = 40, int height = 30)
    {
        using var image = (Image.Black(width, height, bands: 3) + new double[] { Interlocked.Increment(ref _count) % 251, 5, 9 }).Cast(Enums.BandFormat.Uchar);
        return image.PngsaveBuffer();
    }

    public static byte[] WebP(int width = 512, int height = 512)
    {
        using var image = (Image.Black(width, height, bands: 3) + new double[] { Interlocked.Increment(ref _count) % 251, 5, 9 }).Cast(Enums.BandFormat.Uchar);
        return image.WebpsaveBuffer();
    }

    public static byte[] Pdf(int size = 2_000)
        => [.. Encoding.ASCII.GetBytes($"%PDF-1.7\n% {Guid.NewGuid()}\n"), .. new byte[size]];

    /// <summary>Opus in Ogg: a header, and a last page that says that it is so many seconds long.</summary>
    public static byte[] Voice(int seconds = 7)
    {
        byte[] Page(long granule, byte[] data) => [.. "OggS"u8, 0, 2, .. BitConverter.GetBytes(granule), .. new byte[12], 1, (byte)data.Length, .. data];
        return
        [
            .. Page(0, [.. "OpusHead"u8, 1, 1, .. BitConverter.GetBytes((ushort)312), .. new byte[7]]),
            .. Page(312 + (48_000L * seconds), [.. Guid.NewGuid().ToByteArray()]),
        ];
    }

    /// <summary>An MP4 with a movie header of so many seconds and one track of this size.</summary>
    public static byte[] Video(int seconds = 3, int width = 320, int height = 240)
    {
        byte[] U32(params uint[] values) => [.. values.SelectMany(v => BitConverter.GetBytes(v).Reverse())];
        byte[] Box(string type, byte[] data) => [.. U32((uint)data.Length + 8), .. Encoding.ASCII.GetBytes(type), .. data];
        byte[] identity = U32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
        var track = Box("trak", Box("tkhd", [.. U32(7, 0, 0, 1, 0, 0, 0, 0, 0, 0), .. identity, .. U32((uint)width << 16, (uint)height << 16)]));
        var movie = Box("moov", [.. Box("mvhd", [.. U32(0, 0, 0, 1000, (uint)seconds * 1000), .. new byte[80]]), .. track]);
        return [.. Box("ftyp", [.. "isom"u8, 0, 0, 2, 0, .. "isom"u8]), .. Box("mdat", Guid.NewGuid().ToByteArray()), .. movie];
    }
}

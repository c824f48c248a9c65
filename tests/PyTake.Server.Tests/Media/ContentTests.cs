using System.Text;
using NetVips;

namespace PyTake.Media;

public sealed class ContentTests
{
    public static TheoryData<string, byte[], string?> Contents => new()
    {
        { "photo", Samples.Photo(), "image/jpeg" },
        { "png", Samples.Png(), "image/png" },
        { "webp", Samples.WebP(), "image/webp" },
        { "voice", Samples.Voice(), "audio/ogg" },
        { "video", Samples.Video(), "video/mp4" },
        { "m4a", [0, 0, 0, 24, .. "ftypM4A "u8], "audio/mp4" },
        { "3gp", [0, 0, 0, 24, .. "ftyp3gp5"u8], "video/3gpp" },
        { "mov", [0, 0, 0, 24, .. "ftypqt  "u8], "video/quicktime" },
        { "heic", [0, 0, 0, 24, .. "ftypheic"u8], "image/heic" },
        { "mp3", [.. "ID3\x04"u8, 0, 0], "audio/mpeg" },
        { "mp3 without a tag", [0xFF, 0xFB, 0x90, 0x64, 0], "audio/mpeg" },
        { "aac", [0xFF, 0xF1, 0x50, 0x80], "audio/aac" },
        { "amr", [.. "#!AMR\n"u8, 4], "audio/amr" },
        { "pdf", Samples.Pdf(), "application/pdf" },
        { "docx", [.. "PK\x03\x04"u8, .. "[Content_Types].xml word/document.xml"u8], "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { "xlsx", [.. "PK\x03\x04"u8, .. "[Content_Types].xml xl/workbook.xml"u8], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        { "zip", [.. "PK\x03\x04"u8, .. "photo.jpg"u8], "application/zip" },
        { "xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. Encoding.Unicode.GetBytes("Workbook")], "application/vnd.ms-excel" },
        { "a page that says it is an image", [.. "<html><script>alert(1)</script>"u8], "text/plain" },
        { "Windows' text", [.. "caf"u8, 0xE9, .. " com leite e mais nada que valha a pena"u8], "text/plain" },
        { "a program", [0x7F, .. "ELF"u8, 2, 1, 1, 0], null },
        { "nothing", [], null },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void A_kind_is_told_by_the_content(string name, byte[] content, string? mimeType)
    {
        Assert.NotEmpty(name);
        Assert.Equal(mimeType, ContentKind.Of(content.AsSpan(0, Math.Min(content.Length, ContentKind.Looked))));
    }

    [Fact]
    public void Sizes_and_lengths_are_read_from_headers()
    {
        Assert.Equal(new Measures(48, 64), Of(Samples.Photo(64, 48), "image/jpeg"));
        Assert.Equal(new Measures(64, 48), Of(Samples.Plain(64, 48), "image/jpeg"));
        Assert.Equal(new Measures(40, 30), Of(Samples.Png(40, 30), "image/png"));
        Assert.Equal(new Measures(120, 90), Of(Samples.WebP(120, 90), "image/webp"));
        Assert.Equal(new Measures(DurationSeconds: 7), Of(Samples.Voice(7), "audio/ogg"));
        Assert.Equal(new Measures(320, 240, 3), Of(Samples.Video(3, 320, 240), "video/mp4"));
        Assert.Equal(new Measures(DurationSeconds: 0.04), Of([.. "#!AMR\n"u8, 0x3C, .. new byte[31], 0x3C, .. new byte[31]], "audio/amr"));
    }

    [Theory]
    [InlineData("image/jpeg")]
    [InlineData("image/png")]
    [InlineData("image/webp")]
    [InlineData("audio/ogg")]
    [InlineData("audio/amr")]
    [InlineData("video/mp4")]
    public void Nothing_is_known_of_what_is_broken_and_nothing_hangs(string mimeType)
    {
        var random = new Random(17);
        foreach (var whole in (byte[][])[Samples.Photo(), Samples.Png(), Samples.WebP(), Samples.Voice(), Samples.Video()])
            for (var i = 0; i < 50; i++)
            {
                var broken = whole[..random.Next(whole.Length)];
                for (var b = 0; b < 4 && broken.Length > 0; b++) broken[random.Next(broken.Length)] = (byte)random.Next(256);
                var measures = Of(broken, mimeType);
                Assert.True(measures.Width is null or > 0);
            }
    }

    [Fact]
    public void A_photo_loses_where_it_was_taken_and_keeps_how_it_is_turned()
    {
        var clean = Clean(Samples.Photo(64, 48), "image/jpeg");

        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString(clean), StringComparison.Ordinal);
        Assert.Equal(new Measures(48, 64), Of(clean, "image/jpeg"));
        using var image = Image.NewFromBuffer(clean);
        Assert.Equal((64, 48), (image.Width, image.Height));
        Assert.Equal(6, (int)image.Get("orientation"));
        Assert.Equal(clean, Clean(clean, "image/jpeg"));
    }

    [Fact]
    public void The_picture_of_a_cleaned_photo_is_the_same_to_the_last_bit()
    {
        var photo = Samples.Photo(640, 480);
        using var before = Image.NewFromBuffer(photo);
        using var after = Image.NewFromBuffer(Clean(photo, "image/jpeg"));
        Assert.Equal(before.WriteToMemory<byte>(), after.WriteToMemory<byte>());
    }

    [Fact]
    public void A_PNG_loses_its_texts()
    {
        var png = Samples.Png();
        byte[] text = [0, 0, 0, 8, .. "tEXtGPS\0here"u8, 0, 0, 0, 0];
        byte[] tagged = [.. png[..33], .. text, .. png[33..]];

        var clean = Clean(tagged, "image/png");
        Assert.Equal(Clean(png, "image/png"), clean);
        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString(clean), StringComparison.Ordinal);
    }

    [Fact]
    public void A_photo_that_is_not_whole_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => Clean(Samples.Plain(640, 480)[..^200], "image/jpeg"));
        Assert.Throws<InvalidDataException>(() => Clean(Samples.Png()[..^20], "image/png"));
    }

    private static Measures Of(byte[] content, string mimeType) => Measures.Of(new MemoryStream(content), mimeType);

    private static byte[] Clean(byte[] photo, string mimeType)
    {
        using var clean = new MemoryStream();
        PhotoMetadata.Remove(new MemoryStream(photo), clean, mimeType);
        return clean.ToArray();
    }
}

using System.ComponentModel.DataAnnotations;
using PyTake.Hosting;

namespace PyTake.Media;

/// <summary>Where files are kept, and how much of them may be under way: section <c>Media</c>.</summary>
public sealed class MediaOptions : IValidatableObject
{
    public const string Section = "Media";

    /// <summary>
    /// The folder of the files, the same for all nodes; relative to the program's own. With a bucket only what is on its way is here, so each node
    /// may have its own.
    /// </summary>
    [Required] public string Folder { get; set; } = "media";

    /// <summary>A bucket instead of the folder, where its name is set.</summary>
    public BucketOptions S3 { get; set; } = new();

    /// <summary>Bytes of uploads that one node receives at a time; one organization gets half of it.</summary>
    [Range(1L << 20, long.MaxValue)] public long UploadBytes { get; set; } = 1L << 30;

    /// <summary>Bytes of an organization's uploads that no message uses; they are forgotten after a day.</summary>
    [Range(1L << 20, long.MaxValue)] public long UnsentBytes { get; set; } = 10L << 30;

    /// <summary>How long an upload waits for a message that uses it.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")] public TimeSpan UnsentLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (S3.Bucket.Length == 0) yield break;
        if (S3.Endpoint.Length > 0 && !(Uri.TryCreate(S3.Endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            yield return Settings.Broken("S3:Endpoint", "must be an address like https://s3.example.com");
        if (S3.AccessKey.Length == 0 != (S3.SecretKey.Length == 0)) yield return Settings.Broken("S3:SecretKey", "goes with S3:AccessKey");
        if (S3.Encryption is not ("" or "AES256" or "aws:kms")) yield return Settings.Broken("S3:Encryption", "must be AES256 or aws:kms");
    }
}

/// <summary>A bucket of S3, or of what speaks its language.</summary>
public sealed class BucketOptions
{
    /// <summary>Its name; without one files are in the folder.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>The address of the service; empty for Amazon's own in the region.</summary>
    public string Endpoint { get; set; } = "";

    public string Region { get; set; } = "us-east-1";

    /// <summary>Whether the bucket is in the path and not in the host's name, as MinIO and Garage want it.</summary>
    public bool PathStyle { get; set; }

    /// <summary>Empty for what the machine has (an instance's role, AWS_ACCESS_KEY_ID).</summary>
    public string AccessKey { get; set; } = "";

    /// <inheritdoc cref="AccessKey"/>
    public string SecretKey { get; set; } = "";

    /// <summary>Server-side encryption: AES256, aws:kms, or empty for the bucket's own rule.</summary>
    public string Encryption { get; set; } = "";

    /// <summary>The key of aws:kms; empty for the account's own.</summary>
    public string KmsKey { get; set; } = "";
}

using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace PyTake.Media;

/// <summary>Files in a bucket of S3 or of what speaks its language: MinIO, R2, Garage.</summary>
public sealed class BucketStorage : IFileStorage, IDisposable
{
    // A name that none of our objects has.
    private const string CheckKey = "check";

    private readonly BucketOptions _options;
    private readonly AmazonS3Client _client;

    public BucketStorage(IOptions<MediaOptions> options)
    {
        _options = options.Value.S3;
        var config = new AmazonS3Config
        {
            ForcePathStyle = _options.PathStyle,
            AuthenticationRegion = _options.Region,
            // Others than Amazon do not know the checksums that the SDK adds by itself.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 2,
            Timeout = TimeSpan.FromMinutes(5),
        };
        if (_options.Endpoint.Length > 0) config.ServiceURL = _options.Endpoint;
        else config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(_options.Region);
        _client = _options.AccessKey.Length > 0
            ? new AmazonS3Client(new BasicAWSCredentials(_options.AccessKey, _options.SecretKey), config)
            : new AmazonS3Client(config);
    }

    /// <inheritdoc/>
    public Task PutAsync(ObjectName name, SpooledFile spooled, CancellationToken cancellationToken) => Guarded(async () =>
    {
        await using var content = spooled.Open();
        await PutAsync(name.ToString(), content, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(ObjectName name, long from, long to, CancellationToken cancellationToken) => Guarded<Stream?>(async () =>
    {
        try
        {
            var answer = await _client.GetObjectAsync(
                new GetObjectRequest { BucketName = _options.Bucket, Key = name.ToString(), ByteRange = new ByteRange(from, to) }, cancellationToken);
            return answer.ResponseStream;
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    });

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectName name, CancellationToken cancellationToken)
        => Guarded(() => _client.DeleteObjectAsync(_options.Bucket, name.ToString(), cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = await Guarded(() => _client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = _options.Bucket, ContinuationToken = next }, cancellationToken));
            foreach (var found in page.S3Objects ?? [])
                if (ObjectName.Parse(found.Key) is { } name)
                    yield return new StoredObject(name, (found.LastModified ?? DateTime.UtcNow).ToUniversalTime());
            next = page.IsTruncated is true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken) => Guarded(async () =>
    {
        await PutAsync(CheckKey, new MemoryStream([1]), cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private Task<PutObjectResponse> PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            InputStream = content,
            // R2 knows no signed chunks; the stream can be read twice, so that its hash is signed instead.
            UseChunkEncoding = false,
            AutoCloseStream = false,
        };
        if (_options.Encryption.Length > 0) request.ServerSideEncryptionMethod = new ServerSideEncryptionMethod(_options.Encryption);
        if (_options.KmsKey.Length > 0) request.ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKey;
        return _client.PutObjectAsync(request, cancellationToken);
    }

    private static async Task<T> Guarded<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException)
        {
            throw new StorageException("The bucket of files cannot be used", exception);
        }
    }
}

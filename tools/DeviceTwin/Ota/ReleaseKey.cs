using System.Security.Cryptography;
using JamBox.Backend.Ota;

namespace JamBox.Twin.Ota;

/// <summary>The key of whoever signs releases, new in each run. (It is not drawn from the seed: a signature is another one each time anyway.)</summary>
internal sealed class ReleaseKey : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Initializes a new instance of the <see cref="ReleaseKey"/> class.</summary>
    public ReleaseKey()
    {
        ECPoint point = _key.ExportParameters(includePrivateParameters: false).Q;
        Public = [.. point.X!, .. point.Y!];
    }

    /// <summary>X, then Y, big-endian, 64 bytes: what provisioning writes into boxes.</summary>
    public byte[] Public { get; }

    /// <summary>Makes the signed manifest of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="version">Its version.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="hardware">What it is for.</param>
    /// <param name="nativeChecksum">The nanoCLR that it needs.</param>
    /// <returns>148 bytes.</returns>
    public byte[] Sign(ReadOnlySpan<byte> image, string version, int sequence, string hardware, uint nativeChecksum)
    {
        byte[] manifest = new Manifest
        {
            Hardware = hardware,
            NativeChecksum = nativeChecksum,
            Sequence = sequence,
            Version = version,
            ImageSize = image.Length,
            ImageSha256 = SHA256.HashData(image),
        }.ToBytes();
        _key.SignData(manifest.AsSpan(0, Manifest.SignedBytes), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            .CopyTo(manifest, Manifest.SignedBytes);
        return manifest;
    }

    public void Dispose() => _key.Dispose();
}

using System.Security.Cryptography;

namespace JamBox.Backend.Ota.Patching;

/// <summary>
/// Makes patches. Equal input gives equal bytes, on every machine. A patch from an empty base is the full image in the same container.
/// </summary>
public static class PatchMaker
{
    /// <summary>Makes a patch.</summary>
    /// <param name="from">The base image, which the device has; empty for a full image.</param>
    /// <param name="to">The new image.</param>
    /// <param name="profile">What the device can apply.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="progress">From 0 to 1, now and then.</param>
    /// <returns>The patch.</returns>
    public static byte[] Make(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, PatchProfile profile, CancellationToken cancellation = default, IProgress<double>? progress = null)
    {
        using var patch = new MemoryStream();
        if (profile == PatchProfile.E)
        {
            patch.Write(PatchFormat.EspMagic);
            patch.Write(SHA256.HashData(from));
            patch.Write(new byte[PatchFormat.EspHeaderSize - PatchFormat.EspMagic.Length - SHA256.HashSizeInBytes]);
        }

        patch.WriteByte(profile == PatchProfile.L ? (byte)PatchFormat.SequentialLzma : (byte)PatchFormat.SequentialHeatshrink);
        PatchVarint.Write(patch, to.Length);
        if (!to.IsEmpty)
        {
            patch.Write(new PatchSearch(from.ToArray(), to.ToArray(), profile, cancellation, progress).Run());
        }

        return patch.ToArray();
    }
}

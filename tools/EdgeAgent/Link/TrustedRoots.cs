using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace JamBox.Edge.Link;

/// <summary>Root certificates of one's own. The check of certificates can be pointed at these; it cannot be switched off.</summary>
internal static class TrustedRoots
{
    /// <summary>Reads them.</summary>
    /// <param name="file">PEM.</param>
    /// <exception cref="LinkException">The file cannot be read, or holds none.</exception>
    public static X509Certificate2Collection Read(string file)
    {
        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new LinkException(LinkFault.Unreachable, $"the root certificate {file} cannot be read: {fault.Message}", fault);
        }

        return roots.Count > 0
            ? roots
            : throw new LinkException(LinkFault.Unreachable, $"{file} holds no certificate: it must be a PEM file (BEGIN CERTIFICATE)");
    }
}

using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Cryptography;
using System.Security.Principal;
using System.Text;

namespace JamBox.Edge.Configuration;

/// <summary>
/// The file with the token and passwords. On Linux nobody but its owner may have any right to it (0600); on Windows it is encrypted by the
/// machine (DPAPI), and only administrators and the system may open it.
/// </summary>
internal static class SecretsFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const string ProtectedMark = "dpapi:";

    /// <summary>The file beside a configuration: <c>agent.json</c> has <c>agent.secrets</c>.</summary>
    public static string NameFor(string file) => Path.ChangeExtension(file, ".secrets");

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>JSON; <c>null</c> = there is none.</returns>
    /// <exception cref="SettingsException">Others may open it, or it cannot be read.</exception>
    public static byte[]? Read(string path)
    {
        try
        {
            byte[]? content = ReadBounded(path, Others, "read");
            return content is null || !OperatingSystem.IsWindows() ? content : Unprotect(content, path);
        }
        catch (FormatException)
        {
            throw new SettingsException($"{path} is damaged: write the secrets anew with 'edge-agent install --token-file FILE'");
        }
        catch (CryptographicException)
        {
            throw new SettingsException(
                $"{path} was protected by another machine: write the secrets anew with 'edge-agent install --token-file FILE'");
        }
    }

    /// <summary>Reads the file beside it, which others may read but not change: commands stand in it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>JSON; <c>null</c> = there is none.</returns>
    /// <exception cref="SettingsException">Others may change it, or it cannot be read.</exception>
    public static byte[]? ReadOpen(string path) =>
        ReadBounded(path, UnixFileMode.GroupWrite | UnixFileMode.OtherWrite, "change");

    /// <summary>Writes it so that whoever opens the path finds the old or the new one, whole, and nobody else ever could.</summary>
    /// <param name="path">The file.</param>
    /// <param name="json">JSON.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, string json)
    {
        byte[] content = Encoding.UTF8.GetBytes(json);
        Replace(path, OperatingSystem.IsWindows() ? Protect(content) : content);
        if (OperatingSystem.IsWindows())
        {
            KeepFromOthers(path);
        }
    }

    /// <summary>Writes a file with the right 0600 so that whoever opens the path finds the old or the new one, whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it is to hold.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string fresh = path + ".new";

        // One that was left behind could have other rights.
        File.Delete(fresh);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (FileStream stream = new(fresh, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    private static byte[]? ReadBounded(string path, UnixFileMode forbidden, string right)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // Of the file that is open: the path may lead to another one in a moment.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & forbidden) != 0)
            {
                throw new SettingsException(
                    $"{path} must not be used: others on this machine may {right} it. Say: chmod {(right == "read" ? "600" : "go-w")} {path}");
            }

            byte[] content = new byte[SettingsText.MaxBytes + 1];
            int length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return content[..length];
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw new SettingsException(
                $"{path} is not for this user to read: {(OperatingSystem.IsWindows() ? "open the console as administrator" : "say sudo")}");
        }
        catch (IOException fault)
        {
            throw new SettingsException($"{path} cannot be read: {fault.Message.TrimEnd('.')}");
        }
    }

    [SupportedOSPlatform("windows")]
    private static byte[] Protect(byte[] content) => Encoding.ASCII.GetBytes(
        ProtectedMark + Convert.ToBase64String(ProtectedData.Protect(content, null, DataProtectionScope.LocalMachine)));

    /// <summary>One that an administrator has written by hand is protected at once.</summary>
    [SupportedOSPlatform("windows")]
    private static byte[] Unprotect(byte[] content, string path)
    {
        string text = Encoding.UTF8.GetString(content).Trim();
        if (!text.StartsWith(ProtectedMark, StringComparison.Ordinal))
        {
            try
            {
                Write(path, text);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // Whoever may only read it, such as "doctor" without rights, leaves it as it is.
            }

            return content;
        }

        return ProtectedData.Unprotect(
            Convert.FromBase64String(text[ProtectedMark.Length..]), null, DataProtectionScope.LocalMachine);
    }

    /// <summary>What the machine protects any of its programs can read: so others must not open the file at all.</summary>
    [SupportedOSPlatform("windows")]
    private static void KeepFromOthers(string path)
    {
        FileSecurity security = new();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        foreach (WellKnownSidType one in (ReadOnlySpan<WellKnownSidType>)
            [WellKnownSidType.LocalSystemSid, WellKnownSidType.BuiltinAdministratorsSid])
        {
            security.AddAccessRule(new FileSystemAccessRule(
                new SecurityIdentifier(one, null), FileSystemRights.FullControl, AccessControlType.Allow));
        }

        new FileInfo(path).SetAccessControl(security);
    }
}

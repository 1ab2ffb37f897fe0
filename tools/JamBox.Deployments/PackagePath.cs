using System.Text;

namespace JamBox.Deployments;

/// <summary>
/// The rules for paths of files in a package. They are the same at the bench, on the server and at the gateway, and for Linux and Windows
/// alike, so that what can be packed can be unpacked everywhere, and never outside of its folder.
/// </summary>
public static class PackagePath
{
    /// <summary>Characters of a path at most.</summary>
    public const int MaxLength = 240;

    /// <summary>Characters of a part at most.</summary>
    public const int MaxPartLength = 100;

    /// <summary>Bytes of a part in UTF-8 at most: what file systems of Linux take.</summary>
    private const int MaxPartBytes = 255;

    /// <summary>What no file of Windows may have in its name; <c>/</c> parts.</summary>
    private const string Forbidden = "\\:*?\"<>|";

    private static readonly HashSet<string> s_devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM\u00b9", "COM\u00b2", "COM\u00b3",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT\u00b9", "LPT\u00b2", "LPT\u00b3",
    };

    /// <summary>Checks the path of a file.</summary>
    /// <param name="path">Parts with <c>/</c> between them.</param>
    /// <returns>What is wrong with it; <c>null</c> when nothing is.</returns>
    public static string? FindFault(string path)
    {
        if (path.Length == 0)
        {
            return "is empty";
        }

        if (path.Length > MaxLength)
        {
            return $"is longer than {MaxLength} characters";
        }

        if (path[0] == '/')
        {
            return "is not relative: it begins with /";
        }

        foreach (char c in path)
        {
            if (char.IsControl(c))
            {
                return "has a control character in it";
            }

            if (Forbidden.Contains(c, StringComparison.Ordinal))
            {
                return $"has {c} in it";
            }
        }

        if (!IsText(path))
        {
            return "is no text in Unicode";
        }

        foreach (string part in path.Split('/'))
        {
            if (FindPartFault(part) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>The path as it may stand in a message: short, and without characters that move a terminal's cursor.</summary>
    /// <param name="path">Any text.</param>
    /// <returns>At most 80 characters.</returns>
    public static string Shown(string path)
    {
        const int Most = 80;
        StringBuilder shown = new();
        foreach (char c in path)
        {
            if (shown.Length == Most)
            {
                return shown.Append('…').ToString();
            }

            bool isPlain = !char.IsControl(c) && !char.IsSurrogate(c)
                && char.GetUnicodeCategory(c) is not (System.Globalization.UnicodeCategory.Format
                    or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator);
            shown.Append(isPlain ? c : '?');
        }

        return shown.ToString();
    }

    private static string? FindPartFault(string part) =>
        part.Length == 0 ? "has an empty part"
        : part is "." or ".." ? $"has {part} in it"
        : part.Length > MaxPartLength ? $"has a part of more than {MaxPartLength} characters"
        : Encoding.UTF8.GetByteCount(part) > MaxPartBytes ? $"has a part of more than {MaxPartBytes} bytes"
        : part[^1] is '.' or ' ' ? "has a part that ends with a dot or a space"
        : IsDevice(part) ? "has a part that is the name of a device on Windows"
        : null;

    /// <summary>Windows takes <c>nul</c>, <c>nul.txt</c> and <c>nul .txt</c> for the same.</summary>
    private static bool IsDevice(string part)
    {
        int dot = part.IndexOf('.', StringComparison.Ordinal);
        return s_devices.Contains((dot < 0 ? part : part[..dot]).TrimEnd(' '));
    }

    private static bool IsText(string path)
    {
        for (int i = 0; i < path.Length; i++)
        {
            if (char.IsHighSurrogate(path[i]) && i + 1 < path.Length && char.IsLowSurrogate(path[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(path[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>The paths of a package, each checked by itself and against the others.</summary>
public sealed class PackagePathSet
{
    /// <summary>Files by name.</summary>
    private readonly HashSet<string> _files = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every folder that a file or an entry of its own calls for.</summary>
    private readonly HashSet<string> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes the path of a file.</summary>
    /// <param name="path">The path.</param>
    /// <returns>What is wrong with it, by itself or beside those before; <c>null</c> when nothing is.</returns>
    public string? AddFile(string path)
    {
        if (PackagePath.FindFault(path) is { } fault)
        {
            return fault;
        }

        return !_files.Add(path) ? "is there twice (upper and lower case are the same on Windows)"
            : _folders.Contains(path) ? "is a file and a folder"
            : AddFolders(path);
    }

    /// <summary>Takes the path of a folder, without <c>/</c> at its end.</summary>
    /// <param name="path">The path.</param>
    /// <returns>What is wrong with it; <c>null</c> when nothing is. The same folder may come again.</returns>
    public string? AddFolder(string path)
    {
        if (PackagePath.FindFault(path) is { } fault)
        {
            return fault;
        }

        _folders.Add(path);
        return _files.Contains(path) ? "is a file and a folder" : AddFolders(path);
    }

    private string? AddFolders(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            string folder = path[..slash];
            if (_files.Contains(folder))
            {
                return $"is in {PackagePath.Shown(folder)}, which is a file";
            }

            if (!_folders.Add(folder))
            {
                break;
            }
        }

        return null;
    }
}

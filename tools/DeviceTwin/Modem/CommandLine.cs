using System.Globalization;

namespace JamBox.Twin.Modem;

/// <summary>A command line, taken apart.</summary>
internal sealed class CommandLine
{
    private readonly string[] _arguments;

    private CommandLine(string name, CommandKind kind, string[] arguments)
    {
        Name = name;
        Kind = kind;
        _arguments = arguments;
    }

    /// <summary>Gets the name in capitals, with its plus sign and without <c>AT</c>; empty for <c>AT</c> alone.</summary>
    public string Name { get; }

    /// <summary>Gets its form.</summary>
    public CommandKind Kind { get; }

    /// <summary>Gets how many arguments it has.</summary>
    public int Count => _arguments.Length;

    /// <summary>Takes a line apart. As V.250 has it, everything before the first <c>AT</c> is passed over.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="command">The command; <c>null</c> for a line with <c>AT</c> that is malformed.</param>
    /// <returns><c>false</c> when there is no <c>AT</c> in it, so that a modem does not even answer.</returns>
    public static bool TryParse(string line, out CommandLine? command)
    {
        command = null;
        int start = line.IndexOf("AT", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return false;
        }

        string text = line[(start + 2)..];
        int equals = text.IndexOf('=');
        if (equals < 0)
        {
            bool isRead = text.EndsWith('?');
            string name = isRead ? text[..^1] : text;
            command = IsName(name) ? new CommandLine(name.ToUpperInvariant(), isRead ? CommandKind.Read : CommandKind.Execute, []) : null;
            return true;
        }

        string left = text[..equals];
        string right = text[(equals + 1)..];
        if (!IsName(left))
        {
            return true;
        }

        if (right == "?")
        {
            command = new CommandLine(left.ToUpperInvariant(), CommandKind.Test, []);
        }
        else if (TrySplit(right, out string[] arguments))
        {
            command = new CommandLine(left.ToUpperInvariant(), CommandKind.Set, arguments);
        }

        return true;
    }

    /// <summary>Gets a number.</summary>
    /// <param name="index">Which argument.</param>
    /// <param name="min">The least allowed.</param>
    /// <param name="max">The greatest allowed.</param>
    /// <param name="value">The number.</param>
    /// <returns>Whether it is a plain decimal number in the range.</returns>
    public bool TryNumber(int index, int min, int max, out int value)
    {
        value = 0;
        return index < _arguments.Length
            && int.TryParse(_arguments[index], NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value >= min
            && value <= max;
    }

    /// <summary>Gets a text.</summary>
    /// <param name="index">Which argument.</param>
    /// <param name="text">What is between its quotes.</param>
    /// <returns>Whether it is quoted.</returns>
    public bool TryText(int index, out string text)
    {
        bool isText = index < _arguments.Length && _arguments[index] is ['"', .., '"'];
        text = isText ? _arguments[index][1..^1] : string.Empty;
        return isText;
    }

    private static bool IsName(string name)
    {
        if (name.Length == 0)
        {
            return true;
        }

        if (name[0] == '+')
        {
            return name.Length > 1 && name.Skip(1).All(char.IsAsciiLetterOrDigit);
        }

        return name.All(char.IsAsciiLetterOrDigit);
    }

    private static bool TrySplit(string text, out string[] arguments)
    {
        List<string> found = [];
        bool isQuoted = false;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (text[i] == ',' && !isQuoted)
            {
                found.Add(text[start..i]);
                start = i + 1;
            }
        }

        found.Add(text[start..]);
        arguments = [.. found];
        return !isQuoted && found.TrueForAll(IsArgument);
    }

    private static bool IsArgument(string argument)
    {
        return argument.Length > 0
            && (argument is ['"', .., '"'] ? !argument[1..^1].Contains('"') : argument.All(c => c is > ' ' and < '\x7F' and not '"'));
    }
}

/// <summary>The form of a command.</summary>
internal enum CommandKind
{
    /// <summary><c>AT+X</c>.</summary>
    Execute,

    /// <summary><c>AT+X?</c>.</summary>
    Read,

    /// <summary><c>AT+X=?</c>.</summary>
    Test,

    /// <summary><c>AT+X=…</c>.</summary>
    Set,
}

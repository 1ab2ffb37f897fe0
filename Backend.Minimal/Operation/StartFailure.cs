using System.Net.Sockets;

namespace JamBox.Backend.Operation;

/// <summary>What stops the start after the settings were checked, in one line that names the setting to look at.</summary>
internal static class StartFailure
{
    /// <summary>Explains it.</summary>
    public static string Explain(Exception failure)
    {
        Exception cause = failure is AggregateException { InnerException: { } inner } ? inner : failure;
        string message = cause.Message.ReplaceLineEndings(" ");

        // Kestrel's ways of saying that it could not listen; everything else that is IO is caught where it happens.
        return cause switch
        {
            StartupException refusal => refusal.Message,
            IOException or SocketException => $"Urls: {message}",
            InvalidOperationException when message.Contains("endpoint", StringComparison.OrdinalIgnoreCase)
                || message.Contains("certificate", StringComparison.OrdinalIgnoreCase) => $"Kestrel: {message}",
            FormatException => $"Urls: {message}",
            _ => $"Start: {cause.GetType().Name}: {message}",
        };
    }
}

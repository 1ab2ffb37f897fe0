namespace JamBox.Twin.Modem;

/// <summary>How <c>AT+CIPOPEN</c> answers.</summary>
internal enum CipOpenStyle
{
    /// <summary><c>OK</c> at once; the report, good or bad, when the connection is known.</summary>
    OkThenReport,

    /// <summary>As before, and a failure is followed by <c>ERROR</c>.</summary>
    OkThenReportThenError,

    /// <summary>Nothing at once: <c>OK</c> and the report, or the report of failure and <c>ERROR</c>.</summary>
    ReportThenError,

    /// <summary>Nothing at once: <c>OK</c> and the report, or the report of failure alone.</summary>
    ReportOnly,
}

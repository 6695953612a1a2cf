// Stands for the pwsh.dll that the published apphost starts: PowerShell's own takes its place.
return 1;

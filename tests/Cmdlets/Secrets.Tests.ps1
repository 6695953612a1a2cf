# Where a secret may come from, and what is said where it does not.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $managed = New-BackupRepository -Name managed -Path (Join-Path $TestRoot 'managed') -Password (Get-TestPassword -Text 'from the vault')
    # A stand-in for Microsoft.PowerShell.SecretManagement as it would be installed: found on PSModulePath, loaded when it is asked for.
    $modules = Join-Path $TestRoot 'modules'
    $standIn = (New-Item -ItemType Directory -Path (Join-Path $modules 'Microsoft.PowerShell.SecretManagement')).FullName
    Set-Content -LiteralPath (Join-Path $standIn 'Microsoft.PowerShell.SecretManagement.psm1') -Value @'
function Get-Secret {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [string] $Vault, [switch] $AsPlainText)
    switch ($Name) {
        'backup' { [System.Net.NetworkCredential]::new('', 'from the vault').SecurePassword }
        'login' { [pscredential]::new('ada', [System.Net.NetworkCredential]::new('', 'x').SecurePassword) }
        'sealed' { throw 'The vault is locked.' }
        default { Write-Error -Message "The secret $Name was not found." -Category ObjectNotFound }
    }
}
Export-ModuleMember -Function Get-Secret
'@
    function Invoke-WithModule {
        param([string] $Script, [string] $Path)
        $environment = @{ BACKUPPS_HOME = $env:BACKUPPS_HOME; PSModulePath = $Path }
        $fresh = Invoke-FreshProcess -Environment $environment -Script @"
try { $Script }
catch { `$_.FullyQualifiedErrorId; "`$(`$_.CategoryInfo.Category)"; "`$_"; `$_.ErrorDetails.RecommendedAction }
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        , @($fresh.Output -split '\r?\n' | Where-Object { $_ })
    }
}

AfterAll { Clear-TestRoot }

Describe 'Secrets' {
    It 'has all three ways in every command that unlocks' {
        $commands = Get-Command -Module BackupPS | Where-Object { $_.Parameters.ContainsKey('Password') -or $_.Parameters.ContainsKey('KeyFile') -or $_.Parameters.ContainsKey('Secret') }
        $commands.Count | Should -BeGreaterThan 8
        foreach ($command in $commands) {
            $command.Parameters['Password'].ParameterType | Should -Be ([securestring]) -Because $command.Name
            foreach ($name in 'KeyFile', 'Secret') { $command.Parameters[$name].ParameterType | Should -Be ([string]) -Because $command.Name }
            # None of them from the pipeline, where an object might bring along a property of that name.
            foreach ($name in 'Password', 'KeyFile', 'Secret') {
                $command.Parameters[$name].Attributes.Where{ $_ -is [Parameter] -and ($_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName) } | Should -BeNullOrEmpty -Because $command.Name
            }
        }
    }

    It 'takes none as plain text, in no command' {
        foreach ($command in Get-Command -Module BackupPS) {
            foreach ($parameter in $command.Parameters.Values | Where-Object Name -Match 'Pass(word|phrase)|Credential|Token') {
                $parameter.ParameterType | Should -BeIn ([securestring]), ([pscredential]) -Because "$($command.Name) -$($parameter.Name)"
            }
        }
    }
}

Describe '-Secret' {
    It 'takes a passphrase from SecretManagement, which it loads itself' {
        Invoke-WithModule -Path $modules -Script '(Connect-BackupRepository -Name managed -Secret backup).Status' | Should -Be 'Unlocked'
    }

    It 'tells of a secret that <problem>' -ForEach @(
        @{ problem = 'is not there'; name = 'absent'; message = '*The secret absent was not found.*' }
        @{ problem = 'is no passphrase'; name = 'login'; message = "*no passphrase named 'login'*" }
        @{ problem = 'the vault does not give out'; name = 'sealed'; message = '*The vault is locked.*' }
    ) {
        $said = Invoke-WithModule -Path $modules -Script "Connect-BackupRepository -Name managed -Secret $name"
        $said[0] | Should -Be 'SecretMissing,BackupPS.Cmdlets.ConnectBackupRepositoryCommand'
        $said[1] | Should -Be 'AuthenticationError'
        $said[2] | Should -BeLike $message
        $said[3] | Should -BeLike '*-Password*'
    }

    It 'tells that the module is not installed' {
        if (Get-Module -ListAvailable -Name Microsoft.PowerShell.SecretManagement) { Set-ItResult -Skipped -Because 'it is installed here'; return }
        $said = Invoke-WithModule -Path (Join-Path $TestRoot 'none') -Script 'Connect-BackupRepository -Name managed -Secret backup'
        $said[0] | Should -Be 'NotSupportedHere,BackupPS.Cmdlets.ConnectBackupRepositoryCommand'
        $said[2] | Should -BeLike '*Microsoft.PowerShell.SecretManagement*not installed*'
        $said[3] | Should -Not -BeNullOrEmpty
    }
}

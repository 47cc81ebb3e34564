Connect-MicrosoftTeams
$policy = "Meetings"
$user = "748d2cbb-3b55-40ed-8c34-2eae5932b22a"
New-CsApplicationAccessPolicy -Identity $policy -AppIds "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20"
Grant-CsApplicationAccessPolicy -Identity $policy -PolicyName $user
